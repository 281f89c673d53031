#include "gguf-skim.h"

#include "gguf.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace {

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
    cursor(const char * data, size_t size) : data(data), size(std::min(size, GGUF_MAX_END)), cut(size > GGUF_MAX_END) {}

    [[noreturn]] void fail(const std::string & what) const {
        throw std::runtime_error(what + " (at byte " + std::to_string(at) + ")");
    }

    template <typename T>
    T read() {
        T value;
        need(1, sizeof(T));
        memcpy(&value, data + at, sizeof(T));
        at += sizeof(T);
        return value;
    }

    void skip(uint64_t count, size_t bytes = 1) {
        need(count, bytes);
        at += count*bytes;
    }

    // a string, left in place
    std::pair<const char *, size_t> text() {
        const uint64_t length = read<uint64_t>();
        if (length > GGUF_MAX_TEXT) {
            fail("a text of " + std::to_string(length) + " bytes");
        }
        need(length, 1);
        const char * start = data + at;
        at += length;
        return { start, length };
    }

    void skip_values(int32_t type, uint64_t count) {
        if (type == GGUF_TYPE_STRING) {
            for (uint64_t i = 0; i < count; ++i) {
                text();
            }
            return;
        }
        const size_t bytes = value_size(type);
        if (bytes == 0) {
            fail("a value of the unknown type " + std::to_string(type));
        }
        skip(count, bytes);
    }

    size_t at = 0;

private:
    void need(uint64_t count, size_t bytes) const {
        if (count <= (size - at)/bytes) {
            return;
        }
        if (cut) {
            fail("it takes more than " + std::to_string(GGUF_MAX_END >> 20) + " MiB, more than that of any model");
        }
        fail("it goes on for " + std::to_string(count) + (bytes == 1 ? " bytes" : " values of " + std::to_string(bytes) + " bytes") +
             ", but the file ends after " + std::to_string(size - at) + " bytes");
    }

    const char * data;
    size_t       size;
    bool         cut;
};

bool is_of_vocabulary(const std::pair<const char *, size_t> & key) {
    static const std::string prefix = "tokenizer.";
    return key.second >= prefix.size() && memcmp(key.first, prefix.data(), prefix.size()) == 0;
}

// llama.cpp multiplies dimensions before it checks whether their product can be represented
void check_dimensions(const cursor & in, const int64_t * ne, uint32_t n_dims) {
    int64_t elements = 1;
    for (uint32_t i = 0; i < n_dims; ++i) {
        if (ne[i] < 0 || (ne[i] > 0 && elements > INT64_MAX/ne[i])) {
            in.fail("a tensor of more elements than can be counted");
        }
        elements *= ne[i] > 0 ? ne[i] : 1;
    }
}

} // namespace

gguf_skimmed gguf_skim(const char * data, size_t size, uint64_t max_elements) {
    cursor in(data, size);

    if (memcmp(data, GGUF_MAGIC, size < 4 ? size : 4) != 0) {
        in.fail("no GGUF file");
    }
    in.skip(4);
    const uint32_t version = in.read<uint32_t>();
    if (version < 2 || version > 3) {
        in.fail("GGUF version " + std::to_string(version) + " is unknown");
    }
    gguf_skimmed out;
    out.n_tensors = in.read<uint64_t>();
    const uint64_t n_kv = in.read<uint64_t>();
    if (out.n_tensors > GGUF_MAX_TENSORS) {
        in.fail("it announces " + std::to_string(out.n_tensors) + " tensors, more than any model has");
    }
    if (n_kv > GGUF_MAX_KEYS) {
        in.fail("it announces " + std::to_string(n_kv) + " keys, more than any model has");
    }

    size_t copied = 0; // everything before this is in out.header
    const auto copy_until = [&](size_t end) {
        if (end - copied > GGUF_MAX_HEADER - out.header.size()) {
            in.fail("its keys and tensors take more than " + std::to_string(GGUF_MAX_HEADER >> 20) + " MiB, more than those of any model");
        }
        out.header.insert(out.header.end(), data + copied, data + end);
        copied = end;
    };

    uint64_t elements = 0; // of all lists so far
    for (uint64_t i = 0; i < n_kv; ++i) {
        const auto key = in.text();
        const int32_t type = in.read<int32_t>();
        if (type != GGUF_TYPE_ARRAY) {
            in.skip_values(type, 1);
            continue;
        }
        const int32_t element = in.read<int32_t>();
        const size_t count_at = in.at;
        const uint64_t count = in.read<uint64_t>();
        elements += std::min(count, GGUF_MAX_ELEMENTS + 1);
        if (elements > GGUF_MAX_ELEMENTS || (count > GGUF_MAX_VOCABULARY && is_of_vocabulary(key))) {
            in.fail("a list of " + std::to_string(count) + " values, more than any model has");
        }
        in.skip_values(element, count);
        if (count > max_elements) {
            const uint64_t none = 0;
            copy_until(count_at);
            out.header.insert(out.header.end(), (const char *) &none, (const char *) (&none + 1));
            // named the way llama.cpp compares names: up to a NUL, and the first one counts
            out.long_arrays.emplace(std::string(key.first, strnlen(key.first, key.second)), count);
            copied = in.at;
        }
    }

    for (uint64_t i = 0; i < out.n_tensors; ++i) {
        in.text();
        const uint32_t n_dims = in.read<uint32_t>();
        if (n_dims > MAX_DIMENSIONS) {
            in.fail("a tensor of " + std::to_string(n_dims) + " dimensions");
        }
        int64_t ne[MAX_DIMENSIONS];
        for (uint32_t d = 0; d < n_dims; ++d) {
            ne[d] = in.read<int64_t>();
        }
        check_dimensions(in, ne, n_dims);
        // llama.cpp reads it into an enum before it checks whether the type exists
        const int32_t type = in.read<int32_t>();
        if (type < 0 || type >= GGML_TYPE_COUNT) {
            in.fail("a tensor of the unknown type " + std::to_string(type));
        }
        in.skip(sizeof(uint64_t)); // offset
    }

    copy_until(in.at);
    out.end = in.at;
    return out;
}
