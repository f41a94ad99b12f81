# aichat's image: the program, the libraries it loads, the certificates that
# providers' are checked with, and nothing else: no shell, no package manager.
#
#	docker build -t aichat .
#	docker run --read-only --tmpfs /tmp --env-file .env -p 5000:5000 \
#	    -v ./tls:/etc/aichat/tls:ro aichat
#
# It runs as user 10001, who must be able to read the key. Only /tmp is
# written to: the directories the processes are confined to.
FROM debian:bookworm-slim AS build
WORKDIR /src
COPY Makefile ./
COPY conf/packages conf/dev.sh conf/
RUN apt-get -q update && \
    apt-get -q -y install --no-install-recommends make && make packages
COPY . .
RUN make build && \
    deploy/image-root.sh .build/prod/aichat/aichat.stripped /root-fs

FROM scratch
COPY --from=build /root-fs /
ENV PATH=/usr/bin \
    TLS_CERT_FILE=/etc/aichat/tls/fullchain.pem \
    TLS_KEY_FILE=/etc/aichat/tls/privkey.pem
USER 10001:10001
EXPOSE 5000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=6s --start-period=10s --retries=3 \
    CMD ["aichat", "healthcheck"]
ENTRYPOINT ["aichat"]
CMD ["serve"]
