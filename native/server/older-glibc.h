#pragma once
#include <cmath>
// glibc 2.38 has a new fmod under the same name: with the previous one, packages also run on older systems.
#if defined(__GLIBC__) && defined(__x86_64__)
__asm__(".symver fmod, fmod@GLIBC_2.2.5");
#elif defined(__GLIBC__) && defined(__aarch64__)
__asm__(".symver fmod, fmod@GLIBC_2.17");
#endif
