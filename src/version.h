#ifndef AICHAT_VERSION_H
#define AICHAT_VERSION_H

#define AICHAT_VERSION "0.1.0"

#endif
