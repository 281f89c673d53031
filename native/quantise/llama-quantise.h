// What Winnow adds to llama.cpp's quantiser: where the source's bytes come from, and what a dry run found. The
// quantiser itself is llama.cpp's.
#pragma once

#include "llama.h"

#include <cstddef>
#include <cstdint>
#include <functional>

// A tensor as the quantiser writes it.
struct llama_quantise_tensor {
    const char * name;
    uint16_t     split;            // index of the output file
    ggml_type    source_type;
    ggml_type    type;
    size_t       bytes;            // without padding
    bool         requires_imatrix; // llama.cpp refuses to make it without an importance matrix
};

// While it is set, llama_model_quantize reads through it. Exceptions of its functions end the quantising.
struct llama_quantise_io {
    // Returns bytes [offset, offset + size) of a tensor's data, which stay valid until the next call.
    std::function<const void *(const char * tensor, size_t offset, size_t size)> read;
    // For a dry run: receives each tensor in the order of the output, and the bytes of each output file's header.
    std::function<void(const llama_quantise_tensor & tensor)> on_tensor;
    std::function<void(uint16_t split, size_t bytes)>         on_header;
};

// Sets it for the whole process; NULL: llama.cpp reads the model's own files again.
LLAMA_API void llama_quantise_set_io(const llama_quantise_io * io);

// Returns the one that is set, or NULL.
const llama_quantise_io * llama_quantise_get_io();
