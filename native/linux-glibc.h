// Comes before every source on Linux. Since glibc 2.38 its headers put C23's functions in the place of strtol and sscanf, which
// older systems lack; nothing here reads the binary literals that they add.
#include <features.h>
#undef __GLIBC_USE_C2X_STRTOL
#define __GLIBC_USE_C2X_STRTOL 0
#undef __GLIBC_USE_C23_STRTOL
#define __GLIBC_USE_C23_STRTOL 0
