// llama.cpp's importance matrices, in its GGUF form.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

struct importance_matrix {
    // Mean squares of a weight tensor's inputs, [n_expert][n_in], by the tensor's name. An expert that saw no token has ones.
    std::map<std::string, std::vector<float>> entries;
    std::string dataset;    // the first text that it was made from; empty: it does not say
    int64_t     n_chunks = 0;
};

// Throws std::runtime_error if the file is not an importance matrix.
importance_matrix read_importance_matrix(const std::string & path);
