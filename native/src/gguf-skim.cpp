#include "gguf-skim.h"

#include "gguf.h"

#include <cstring>

namespace {

constexpr size_t   MAX_PADDING    = 1 << 16; // more than any alignment in use
constexpr uint32_t MAX_DIMENSIONS = 4;

// bytes of one value of a fixed size, 0 for strings, arrays and unknown types
size_t value_size(int32_t type) {
    switch (type) {
        case GGUF_TYPE_UINT8:  case GGUF_TYPE_INT8:  case GGUF_TYPE_BOOL:    return 1;
        case GGUF_TYPE_UINT16: case GGUF_TYPE_INT16:                         return 2;
        case GGUF_TYPE_UINT32: case GGUF_TYPE_INT32: case GGUF_TYPE_FLOAT32: return 4;
        case GGUF_TYPE_UINT64: case GGUF_TYPE_INT64: case GGUF_TYPE_FLOAT64: return 8;
        default:                                                             return 0;
    }
}

class cursor {
public:
    cursor(const char * data, size_t size) : data(data), size(size) {}

    template <typename T>
    bool read(T & value) {
        if (size - at < sizeof(T)) {
            return false;
        }
        memcpy(&value, data + at, sizeof(T));
        at += sizeof(T);
        return true;
    }

    bool skip(uint64_t count, size_t bytes = 1) {
        if (count > (size - at)/bytes) {
            return false;
        }
        at += count*bytes;
        return true;
    }

    bool skip_string() {
        uint64_t length = 0;
        return read(length) && skip(length);
    }

    bool skip_values(int32_t type, uint64_t count) {
        if (type == GGUF_TYPE_STRING) {
            for (uint64_t i = 0; i < count; ++i) {
                if (!skip_string()) {
                    return false;
                }
            }
            return true;
        }
        const size_t bytes = value_size(type);
        return bytes != 0 && skip(count, bytes);
    }

    size_t at = 0;

private:
    const char * data;
    size_t       size;
};

} // namespace

bool gguf_skim(const char * data, size_t size, uint64_t max_elements, gguf_skimmed & out) {
    cursor in(data, size);

    uint32_t magic = 0, version = 0;
    uint64_t n_tensors = 0, n_kv = 0;
    if (!in.read(magic) || memcmp(data, GGUF_MAGIC, 4) != 0 || !in.read(version) || version < 2 || version > 3 ||
            !in.read(n_tensors) || !in.read(n_kv)) {
        return false;
    }

    out = {};
    size_t copied = 0; // everything before it is in out.header
    const auto copy_until = [&](size_t end) {
        out.header.insert(out.header.end(), data + copied, data + end);
        copied = end;
    };

    for (uint64_t i = 0; i < n_kv; ++i) {
        const size_t key_at = in.at;
        int32_t type = 0;
        if (!in.skip_string()) {
            return false;
        }
        const std::string key(data + key_at + sizeof(uint64_t), data + in.at);
        if (!in.read(type)) {
            return false;
        }
        if (type != GGUF_TYPE_ARRAY) {
            if (!in.skip_values(type, 1)) {
                return false;
            }
            continue;
        }
        int32_t  element = 0;
        uint64_t count   = 0;
        if (!in.read(element)) {
            return false;
        }
        const size_t count_at = in.at;
        if (!in.read(count) || !in.skip_values(element, count)) {
            return false;
        }
        if (count > max_elements) {
            const uint64_t none = 0;
            copy_until(count_at);
            out.header.insert(out.header.end(), (const char *) &none, (const char *) (&none + 1));
            out.long_arrays[key] = count;
            copied = in.at;
        }
    }

    for (uint64_t i = 0; i < n_tensors; ++i) {
        uint32_t n_dims = 0;
        if (!in.skip_string() || !in.read(n_dims) || n_dims > MAX_DIMENSIONS ||
                !in.skip(n_dims*sizeof(uint64_t) + sizeof(int32_t) + sizeof(uint64_t))) {
            return false;
        }
    }

    copy_until(in.at);
    out.end = in.at;
    out.header.resize(out.header.size() + MAX_PADDING);
    return true;
}
