// A disk that is slow now and then: every 50th large write at a place in a file waits, while others overtake it.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/types.h>
#include <unistd.h>

enum { LARGE_BYTES = 4096, EVERY = 50, LATE_US = 1500000 };

typedef ssize_t (*pwrite_t)(int, const void *, size_t, off_t);

static unsigned writes;

static ssize_t write_late(const char * name, int fd, const void * bytes, size_t n, off_t at) {
  if (n >= LARGE_BYTES && __atomic_add_fetch(&writes, 1, __ATOMIC_RELAXED) % EVERY == EVERY - 1) usleep(LATE_US);
  return ((pwrite_t) dlsym(RTLD_NEXT, name))(fd, bytes, n, at);
}

ssize_t pwrite(int fd, const void * bytes, size_t n, off_t at) {
  return write_late("pwrite", fd, bytes, n, at);
}

ssize_t pwrite64(int fd, const void * bytes, size_t n, off_t at) {
  return write_late("pwrite64", fd, bytes, n, at);
}
