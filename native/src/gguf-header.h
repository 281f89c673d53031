// GGUF headers as they lie in files that may be hostile: read with llama.cpp's own reader, behind checks of its counts.
// No Node-API in here, so that the tests can run it under the sanitizers by itself.
#pragma once

#include "ggml-cpp.h"
#include "gguf.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

// Longer arrays (vocabularies, merges) stay in the file: nobody needs them outside llama.cpp.
constexpr size_t GGUF_LONG_ARRAY = 1024;

constexpr gguf_init_params GGUF_META_ONLY = { /*.no_alloc =*/ true, /*.ctx =*/ nullptr };

struct gguf_header {
    gguf_context_ptr                ctx;
    std::map<std::string, uint64_t> long_arrays; // emptied in ctx: their real lengths, by key
    size_t                          data_offset; // in the file
};

// A header for looking at. Throws std::runtime_error where it is none; what llama.cpp has against it, it logs.
gguf_header gguf_inspect_header(const std::string & path);

// A header with everything in it, for taking its keys over. Only for files that gguf_inspect_header has passed.
gguf_context_ptr gguf_open_header(const std::string & path);
