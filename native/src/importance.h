// llama.cpp's importance matrix: for each weight matrix of the blocks, the sums of squares of what it is multiplied with,
// per expert for the experts. The same entries as llama-imatrix collects, of a graph that is watched or adds them up by itself.
#pragma once

#include "llama-moe.h"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

using importance_input = llama_moe_importance;

class importance_collector {
public:
    void clear();

    // Goes on from what was collected before. Throws std::runtime_error if a name stands twice.
    void restore(std::vector<importance_input> collected);

    // Whether the graph's node t multiplies a matrix whose input is collected.
    bool wants(const ggml_tensor * t) const;

    // Adds the input of a node that was wanted and computed. What lies on a device is copied from there.
    void add(const ggml_tensor * t, int32_t n_threads);

    // Adds what a graph has added up by itself. Throws std::runtime_error if an input has another shape than before.
    void add(const std::vector<importance_input> & parts);

    // Throws std::runtime_error if a sum is no finite number.
    const std::vector<importance_input> & collected() const;

private:
    size_t input_of(const ggml_tensor * t, const std::string & name, bool & is_shared);

    std::vector<importance_input> inputs;
    std::unordered_map<std::string, std::pair<size_t, bool>> by_name; // input, and whether another matrix's node adds it

    // inputs that were met first in the graph at hand: (src[1], src[2]) and the input
    std::vector<std::pair<std::pair<const ggml_tensor *, const ggml_tensor *>, size_t>> fresh;

    std::vector<uint8_t> input_bytes; // of a device that cannot reduce it
    std::vector<uint8_t> id_bytes;
};
