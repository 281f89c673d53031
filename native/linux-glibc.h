// Included before every source on Linux. Since glibc 2.38, its headers replace strtol and sscanf by C23's functions,
// which older systems lack; nothing here reads the binary literals that these add.
#include <features.h>
#undef __GLIBC_USE_C2X_STRTOL
#define __GLIBC_USE_C2X_STRTOL 0
#undef __GLIBC_USE_C23_STRTOL
#define __GLIBC_USE_C23_STRTOL 0
