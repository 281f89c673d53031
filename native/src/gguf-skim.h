// A GGUF header without its long arrays. Vocabularies make up nearly all of a header, and reading a string at a time
// takes a second for 200 MB; nobody who inspects a model needs them. What remains is a GGUF header again, and
// llama.cpp's own reader checks it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

struct gguf_skimmed {
    std::vector<char>               header;      // with the long arrays emptied, padded
    std::map<std::string, uint64_t> long_arrays; // their real lengths, by key
    size_t                          end = 0;     // where the header ends in the file, before padding
};

// data: the start of the file. Arrays of more than max_elements elements are emptied.
// Returns false where the header is not what it should be: the full reader then says why.
bool gguf_skim(const char * data, size_t size, uint64_t max_elements, gguf_skimmed & out);
