// GGUF headers in files that may be hostile: read with llama.cpp's own reader, after checks of its counts. Without
// Node-API, so that the tests can run this on its own under the sanitizers.
#pragma once

#include "ggml-cpp.h"
#include "gguf.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

// Longer arrays (vocabularies, merges) stay in the file: nothing but llama.cpp needs them.
constexpr size_t GGUF_LONG_ARRAY = 1024;

constexpr gguf_init_params GGUF_META_ONLY = { /*.no_alloc =*/ true, /*.ctx =*/ nullptr };

struct gguf_header {
    gguf_context_ptr                ctx;
    std::map<std::string, uint64_t> long_arrays; // emptied in ctx: their real lengths, by key
    size_t                          data_offset; // in the file
};

// Reads a header for inspection. Throws std::runtime_error if there is none; llama.cpp's reasons are in its log.
gguf_header gguf_inspect_header(const std::string & path);

// Reads a header with everything in it, to copy its keys. Only for files that gguf_inspect_header has accepted.
gguf_context_ptr gguf_open_header(const std::string & path);
