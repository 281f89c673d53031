// Reads GGUF headers as the addon does, and looks at everything in them. One path a line on stdin, one answer each on
// stdout: "read", or why not. A sanitizer that finds something ends the process.
#include "gguf-header.h"

#include "ggml.h"

#include <cstdint>
#include <cstring>
#include <exception>
#include <iostream>
#include <string>

namespace {

// so that nothing that is looked at can be left out
uint64_t seen = 0;

void look(const void * data, size_t size) {
    for (size_t i = 0; i < size; ++i) {
        seen = seen*31 + ((const uint8_t *) data)[i];
    }
}

void look_at_key(const gguf_context * ctx, int64_t id) {
    const char * key = gguf_get_key(ctx, id);
    look(key, strlen(key));
    const bool array = gguf_get_kv_type(ctx, id) == GGUF_TYPE_ARRAY;
    const gguf_type type = array ? gguf_get_arr_type(ctx, id) : gguf_get_kv_type(ctx, id);
    const size_t count = array ? gguf_get_arr_n(ctx, id) : 1;
    if (type != GGUF_TYPE_STRING) {
        static const size_t BYTES[] = { 1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8 };
        look(array ? gguf_get_arr_data(ctx, id) : gguf_get_val_data(ctx, id), count*BYTES[type]);
        return;
    }
    for (size_t i = 0; i < count; ++i) {
        const char * text = array ? gguf_get_arr_str(ctx, id, i) : gguf_get_val_str(ctx, id);
        look(text, strlen(text));
    }
}

std::string read(const std::string & path) {
    try {
        const gguf_header header = gguf_inspect_header(path);
        const gguf_context * ctx = header.ctx.get();
        for (int64_t i = 0; i < gguf_get_n_kv(ctx); ++i) {
            look_at_key(ctx, i);
        }
        for (int64_t i = 0; i < gguf_get_n_tensors(ctx); ++i) {
            const char * name = gguf_get_tensor_name(ctx, i);
            look(name, strlen(name));
            look(gguf_get_tensor_ne(ctx, i), GGML_MAX_DIMS*sizeof(int64_t));
            const uint64_t place = header.data_offset + gguf_get_tensor_offset(ctx, i) + gguf_get_tensor_size(ctx, i);
            look(&place, sizeof(place));
            const char * type = ggml_type_name(gguf_get_tensor_type(ctx, i));
            look(type, type ? strlen(type) : 0);
        }
        return "read";
    } catch (const std::exception & e) {
        return e.what();
    }
}

} // namespace

int main() {
    ggml_log_set([](ggml_log_level, const char *, void *) {}, nullptr);
    for (std::string path; std::getline(std::cin, path);) {
        std::cout << read(path) << std::endl;
    }
    return seen == 42;
}
