// A GGUF header without its long arrays. Vocabularies make up nearly all of a header, and reading one string at a time
// takes a second for 200 MB; inspecting a model does not need them. What remains is still a GGUF header, and
// llama.cpp's own reader checks it. That reader trusts counts more than it should, so counts that would cost hours or
// all memory are rejected here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

// The largest models in use have a few hundred keys and two thousand tensors. llama.cpp compares each name with all
// names before it: this many take it a fraction of a second, four times as many sixteen times as long.
constexpr uint64_t GGUF_MAX_KEYS    = 1 << 13;
constexpr uint64_t GGUF_MAX_TENSORS = 1 << 13;
// The largest vocabularies in use have 300 thousand entries and 600 thousand merges. This many take llama.cpp seconds.
constexpr uint64_t GGUF_MAX_VOCABULARY = 1 << 20;
// For all lists together: llama.cpp needs 32 bytes for a text that takes 8 in the file.
constexpr uint64_t GGUF_MAX_ELEMENTS = 1 << 24;
// Keys and tensors without the long arrays: real ones take a few hundred kilobytes, mostly chat templates.
constexpr size_t   GGUF_MAX_HEADER   = 64 << 20;
// With the long arrays: 300 thousand entries take some 10 MB, and llama.cpp keeps all of it in memory.
constexpr size_t   GGUF_MAX_END      = 512 << 20;
// llama.cpp's own limit for a text.
constexpr uint64_t GGUF_MAX_TEXT     = 1 << 30;

struct gguf_skimmed {
    std::vector<char>               header;      // with the long arrays emptied, without padding
    std::map<std::string, uint64_t> long_arrays; // their real lengths, by key
    size_t                          end = 0;     // where the header ends in the file, before padding
    uint64_t                        n_tensors = 0;
};

// data: the start of the file. Arrays of more than max_elements elements are emptied. Throws std::runtime_error with
// the byte and what is wrong there, if the header is not valid.
gguf_skimmed gguf_skim(const char * data, size_t size, uint64_t max_elements);
