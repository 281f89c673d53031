#pragma once
#include <cmath>
// glibc 2.38 has a fmod of its own, under the same name: with the one of before, packages run on older systems, too.
#if defined(__GLIBC__) && defined(__x86_64__)
__asm__(".symver fmod, fmod@GLIBC_2.2.5");
#elif defined(__GLIBC__) && defined(__aarch64__)
__asm__(".symver fmod, fmod@GLIBC_2.17");
#endif
