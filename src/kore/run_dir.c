#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/config.h"
#include "core/config_check.h"
#include "core/upstream.h"
#include "kore/run_dir.h"

#define FILES_RESERVE 1000 /* libcurl's 500 idle, the pool, the log, ... */

/* What the C library reads to resolve a name, inside the chroot. */
static const char *const resolver_files[] = {"/etc/resolv.conf", "/etc/hosts",
    "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf"};

static char root[PATH_MAX];

static void
choose_root(void)
{
	if (config.run_dir[0] != '\0')
		snprintf(root, sizeof(root), "%s", config.run_dir);
	else if (geteuid() == 0)
		snprintf(root, sizeof(root), "/run/aichat-%d", config.port);
	else
		snprintf(root, sizeof(root), "/tmp/aichat-%u-%d",
		    (unsigned)geteuid(), config.port);
}

/* A directory of ours: in /tmp somebody else may have been first. */
static bool
make_dir(const char *name, mode_t mode, char *path, struct buf *problem)
{
	struct stat st;

	if (snprintf(path, PATH_MAX, "%s%s", root, name) >= PATH_MAX) {
		buf_printf(problem, "RUN_DIR: %s is too long", root);
		return (false);
	}
	if ((mkdir(path, mode) == -1 && errno != EEXIST) ||
	    lstat(path, &st) == -1) {
		buf_printf(problem, "RUN_DIR: %s: %s", path, strerror(errno));
		return (false);
	}
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
	    chmod(path, mode) == -1) {
		buf_printf(
		    problem, "RUN_DIR: %s is not a directory of ours", path);
		return (false);
	}
	return (true);
}

static bool
copy_bytes(int in, int out)
{
	char    bytes[16384];
	ssize_t n;

	while ((n = read(in, bytes, sizeof(bytes))) > 0)
		if (write(out, bytes, (size_t)n) != n)
			return (false);
	explicit_bzero(bytes, sizeof(bytes));
	return (n == 0);
}

/* Copy a file, for its owner only. */
static bool
copy_in(const char *from, const char *to, uid_t owner, mode_t mode,
    struct buf *problem)
{
	int  in, out;
	bool ok;

	in = open(from, O_RDONLY | O_CLOEXEC);
	unlink(to);
	out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ok = in != -1 && out != -1 && copy_bytes(in, out) &&
	    (geteuid() != 0 || fchown(out, owner, (gid_t)-1) == 0) &&
	    fchmod(out, mode) == 0;
	if (!ok)
		buf_printf(problem, "RUN_DIR: cannot copy %s to %s: %s", from,
		    to, strerror(errno));
	if (in != -1)
		close(in);
	if (out != -1)
		close(out);
	return (ok);
}

static bool
put_in_place(const char *fresh, const char *path, struct buf *problem)
{
	if (rename(fresh, path) == 0)
		return (true);
	buf_printf(problem, "RUN_DIR: %s: %s", path, strerror(errno));
	return (false);
}

/* Copy a file in by way of a name nobody reads. */
static bool
install(
    const char *from, const char *dir, const char *name, struct buf *problem)
{
	char path[PATH_MAX + 64], fresh[PATH_MAX + 72];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	snprintf(fresh, sizeof(fresh), "%s.new", path);
	return (copy_in(from, fresh, geteuid(), 0444, problem) &&
	    put_in_place(fresh, path, problem));
}

bool
run_dir_renew_certificate(struct buf *problem)
{
	const struct passwd     *pw = getpwnam(config.keymgr_run_as);
	uid_t                    owner = pw != NULL ? pw->pw_uid : geteuid();
	char                     paths[4][PATH_MAX + 24];
	static const char *const names[] = {
	    "cert.pem", "key.pem", "cert.pem.new", "key.pem.new"};
	size_t i, before = problem->len;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		snprintf(
		    paths[i], sizeof(paths[i]), "%s/keymgr/%s", root, names[i]);
	/* Root owns the directory: its user may read, not replace. */
	if (!copy_in(config.tls_cert_file, paths[2], owner, 0400, problem) ||
	    !copy_in(config.tls_key_file, paths[3], owner, 0400, problem))
		return (false);
	config_check_tls(paths[2], paths[3], problem);
	return (problem->len == before &&
	    put_in_place(paths[2], paths[0], problem) &&
	    put_in_place(paths[3], paths[1], problem));
}

/* Whom providers are trusted by; without it only mocks can answer. */
static bool
install_ca(struct buf *problem)
{
	char dir[PATH_MAX + 8];

	snprintf(dir, sizeof(dir), "%s/worker", root);
	return (access(config.ca_file, R_OK) == -1 ||
	    install(config.ca_file, dir, UPSTREAM_CA_FILE, problem));
}

static bool
fill_worker(struct buf *problem)
{
	char   etc[PATH_MAX];
	size_t i;

	if (!make_dir("/worker/etc", 0755, etc, problem))
		return (false);
	for (i = 0; i < sizeof(resolver_files) / sizeof(char *); i++)
		if (access(resolver_files[i], R_OK) == 0 &&
		    !install(resolver_files[i], etc,
			strrchr(resolver_files[i], '/') + 1, problem))
			return (false);
	return (install_ca(problem));
}

static void
publish(const char *worker_root, const char *keymgr_root)
{
	char text[PATH_MAX + 8];

	setenv("WORKER_ROOT", worker_root, 1);
	setenv("KEYMGR_ROOT", keymgr_root, 1);
	snprintf(text, sizeof(text), "%s/pid", root);
	setenv("PID_FILE", text, 1);
	/* Each generation may have a connection to its provider. */
	snprintf(text, sizeof(text), "%d",
	    config.max_connections + config.running_per_worker + FILES_RESERVE);
	setenv("MAX_FILES", text, 1);
}

bool
run_dir_prepare(struct buf *problem)
{
	char path[PATH_MAX], worker_root[PATH_MAX], keymgr_root[PATH_MAX];

	choose_root();
	if (!make_dir("", 0755, path, problem) ||
	    !make_dir("/worker", 0755, worker_root, problem) ||
	    !make_dir("/keymgr", 0755, keymgr_root, problem) ||
	    !fill_worker(problem) || !run_dir_renew_certificate(problem))
		return (false);
	publish(worker_root, keymgr_root);
	return (true);
}
