// llama.cpp's importance matrix: for each weight matrix of the blocks, the sums of squares of its inputs, per expert
// for the experts. The same entries as llama-imatrix collects, from a graph that is watched or adds them up itself.
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

    // Continues from what was collected earlier. Throws std::runtime_error if a name occurs twice.
    void restore(std::vector<importance_input> collected);

    // Whether the graph's node t multiplies a matrix whose input is collected.
    bool wants(const ggml_tensor * t) const;

    // Adds the input of a node that was wanted and has been computed. Copies it if it is on a device.
    void add(const ggml_tensor * t, int32_t n_threads);

    // Adds what a graph has added up itself. Throws std::runtime_error if an input has a different shape than before.
    void add(const std::vector<importance_input> & parts);

    // Returns what was collected. Throws std::runtime_error if a sum is not a finite number.
    const std::vector<importance_input> & collected() const;

private:
    size_t input_of(const ggml_tensor * t, const std::string & name, bool & is_shared);

    std::vector<importance_input> inputs;
    std::unordered_map<std::string, std::pair<size_t, bool>> by_name; // input, and whether another matrix's node adds it

    // inputs first met in the current graph: (src[1], src[2]) and the input
    std::vector<std::pair<std::pair<const ggml_tensor *, const ggml_tensor *>, size_t>> fresh;

    std::vector<uint8_t> input_bytes; // for a device that cannot reduce it
    std::vector<uint8_t> id_bytes;
};
