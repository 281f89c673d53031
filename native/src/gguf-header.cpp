#include "gguf-header.h"

#include "gguf-skim.h"

#include "ggml.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#ifndef _WIN32
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace {

gguf_context_ptr require(gguf_context * ctx) {
    if (!ctx) {
        throw std::runtime_error("not a readable GGUF header");
    }
    return gguf_context_ptr(ctx);
}

#ifndef _WIN32

// A file's bytes; pages of it that are never looked at are never read.
class mapped_file {
public:
    explicit mapped_file(const std::string & path) {
        const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
        struct stat info;
        if (fd >= 0 && fstat(fd, &info) == 0) {
            size = info.st_size;
            data = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
        }
        if (fd >= 0) {
            close(fd);
        }
        if (data == MAP_FAILED) {
            throw std::runtime_error("the file cannot be opened");
        }
    }
    ~mapped_file() { munmap(data, size); }

    mapped_file(const mapped_file &) = delete;
    mapped_file & operator=(const mapped_file &) = delete;

    const char * begin() const { return (const char *) data; }

    size_t size = 0;

private:
    void * data = MAP_FAILED;
};

// llama.cpp looks whether the padding fits into the file, which is checked here with the header's real length
constexpr uint64_t ROOM_FOR_PADDING = 1ull << 40;

size_t read_skimmed(void * user_data, void * output, uint64_t offset, size_t length) {
    const auto & header = ((const gguf_skimmed *) user_data)->header;
    if (offset > header.size()) {
        return 0;
    }
    length = std::min<uint64_t>(length, header.size() - offset);
    memcpy(output, header.data() + offset, length);
    return length;
}

#endif

} // namespace

#ifdef _WIN32

gguf_header gguf_inspect_header(const std::string & path) {
    gguf_context_ptr ctx = gguf_open_header(path);
    const size_t offset = gguf_get_data_offset(ctx.get());
    return { std::move(ctx), {}, offset };
}

#else

gguf_header gguf_inspect_header(const std::string & path) {
    const mapped_file file(path);
    gguf_skimmed skimmed = gguf_skim(file.begin(), file.size, GGUF_LONG_ARRAY);
    gguf_context_ptr ctx = require(gguf_init_from_callback(read_skimmed, &skimmed, 0, skimmed.header.size() + ROOM_FOR_PADDING, GGUF_META_ONLY));

    size_t data_offset = skimmed.end;
    if (skimmed.n_tensors > 0) {
        data_offset = GGML_PAD(skimmed.end, gguf_get_alignment(ctx.get()));
        if (data_offset > file.size) {
            throw std::runtime_error("the tensors' data would begin at byte " + std::to_string(data_offset) + ", but the file ends at " + std::to_string(file.size));
        }
    }
    return { std::move(ctx), std::move(skimmed.long_arrays), data_offset };
}

#endif

gguf_context_ptr gguf_open_header(const std::string & path) {
    return require(gguf_init_from_file(path.c_str(), GGUF_META_ONLY));
}
