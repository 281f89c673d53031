// What the weights of experts reveal, read from the model's files without loading it.
#pragma once

#include "ggml.h"

#include <napi.h>

#include <cstdint>
#include <string>
#include <vector>

// A matrix for each of a layer's experts; they follow one another in a file.
struct expert_matrix {
    std::string path;
    int64_t     offset; // of the first expert
    ggml_type   type;
    int64_t     n_in;
    int64_t     n_out;
    std::vector<float> scales; // a factor for each expert's weights; empty: none
};

// From { path, offset, type, nIn, nOut, scales }. Throws std::runtime_error.
expert_matrix expert_matrix_of(const Napi::Object & given);

// Reads the matrix of one expert in single precision, scaled; bytes: a buffer to read into. Throws std::runtime_error.
void read_expert(const expert_matrix & m, int64_t expert, std::vector<char> & bytes, std::vector<float> & values);

// expertWeights({ matrices: { path, offset, type, nIn, nOut, scales }[], nExpert, similarity, spectral, seed, nThreads, cancel?, onProgress? })
//   : Promise<{ squares, spectral, cosines }>
// Matrices of one layer, stored expert by expert. squares: squared Frobenius norms [n_matrix][n_expert]; spectral:
// squared largest singular values, the same shape; cosines [n_expert][n_expert] of all matrices' values together, or if
// there are many, of seeded rows. Progress in experts.
Napi::Value expert_weights(const Napi::CallbackInfo & info);

// readTensor({ path, offset, type, count }): Float32Array
Napi::Value read_tensor(const Napi::CallbackInfo & info);
