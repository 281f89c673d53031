// Sums of squares of the inputs of weights, computed by the graph that multiplies them. Internal to libllama.
#pragma once

#include "llama-moe.h"

#include "ggml.h"

#include <string>
#include <vector>

struct llm_graph_context;

// An input in a graph. Matrices of the same shape that are multiplied with the same input share it.
struct llm_moe_squares {
    std::vector<std::string> names; // of the weights, in the order of the graph

    const ggml_tensor * weight;
    const ggml_tensor * input;
    const ggml_tensor * selected; // experts of its rows; nullptr: not routed

    ggml_tensor * sums = nullptr; // F32 [n_in, n_expert] of a routed input, [1, n_in, ne2, ne3] of another
    ggml_tensor * ids  = nullptr; // I32 [n_expert_used, n_tokens]: the experts, to be counted
};

// Adds sums for all inputs of the blocks' matrix products in the graph.
std::vector<llm_moe_squares> llm_moe_build_squares(const llm_graph_context & graph);

// Returns how many nodes this may add to a layer.
uint32_t llm_moe_squares_max_nodes(uint32_t n_slices, uint32_t n_expert_used);

// The result that has left the device: the sums of a computed graph, and its ids.
llama_moe_importance llm_moe_importance_of(const llm_moe_squares & squares, const std::vector<float> & sums, const std::vector<int32_t> & ids);
