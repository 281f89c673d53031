#include "gguf-header.h"

#include "gguf-skim.h"

#include "ggml.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#ifdef _WIN32
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include <filesystem>
#else
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

// The bytes of a file; pages that are never accessed are never read.
class mapped_file {
public:
#ifdef _WIN32
    explicit mapped_file(const std::string & path) {
        // others may continue to write, rename and delete it, as on other systems
        const HANDLE file = CreateFileW(std::filesystem::u8path(path).c_str(), GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                                        nullptr, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, nullptr);
        if (file != INVALID_HANDLE_VALUE) {
            LARGE_INTEGER bytes{};
            const HANDLE mapping = GetFileSizeEx(file, &bytes) ? CreateFileMappingW(file, nullptr, PAGE_READONLY, 0, 0, nullptr) : nullptr;
            if (mapping) {
                size = (size_t) bytes.QuadPart;
                data = MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, 0);
                CloseHandle(mapping);
            }
            CloseHandle(file);
        }
        if (!data) {
            throw std::runtime_error("the file cannot be opened");
        }
    }
    ~mapped_file() { UnmapViewOfFile(data); }
#else
    explicit mapped_file(const std::string & path) {
        const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
        struct stat info;
        if (fd >= 0 && fstat(fd, &info) == 0) {
            size = info.st_size;
            data = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
        }
        const bool no_room = data == MAP_FAILED && errno == ENOMEM;
        if (fd >= 0) {
            close(fd);
        }
        if (data == MAP_FAILED) {
            throw std::runtime_error(no_room ? "the file cannot be mapped: cannot allocate memory" : "the file cannot be opened");
        }
    }
    ~mapped_file() { munmap(data, size); }
#endif

    mapped_file(const mapped_file &) = delete;
    mapped_file & operator=(const mapped_file &) = delete;

    const char * begin() const { return (const char *) data; }

    size_t size = 0;

private:
#ifdef _WIN32
    void * data = nullptr;
#else
    void * data = MAP_FAILED;
#endif
};

// llama.cpp checks whether the padding fits into the file; here it is checked with the real length of the header
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

} // namespace

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

gguf_context_ptr gguf_open_header(const std::string & path) {
    return require(gguf_init_from_file(path.c_str(), GGUF_META_ONLY));
}
