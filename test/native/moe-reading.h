// What one MoE block did to each token, computed in double precision from copies of the graph's nodes, and how it turned the
// residual stream, from what the same graph leaves behind without it.
#pragma once

#include "block-nodes.h"
#include "node-capture.h"

#include <cstdint>
#include <map>
#include <string>
#include <unordered_set>
#include <vector>

constexpr const char * ROUTING_NODE = "ffn_moe_topk";

// Row t of every array belongs to token t of the ubatch.
struct moe_reading {
    int32_t n_tokens;
    int32_t n_expert_used;

    std::vector<int32_t> ids;          // [n_tokens][n_expert_used]
    std::vector<double>  gates;        // [n_tokens][n_expert_used] as applied
    std::vector<double>  norms;        // [n_tokens][n_expert_used] L2 norm of the expert's output as computed

    // largest distance of a token's weighted sum from llama.cpp's own, relative to the latter's norm
    double routed_error;
};

class moe_reader {
public:
    moe_reader(const std::string & arch, bool prediction);

    std::unordered_set<std::string> node_names() const;

    // Throws std::runtime_error if a node is missing or does not hold every token of the ubatch.
    moe_reading read(const node_capture & capture, int32_t il, int32_t n_tokens) const;

    // What to leave out of a block: see turns.
    enum part { NOTHING, ROUTED, BESIDE, BOTH };
    void leave_out(node_capture & capture, int32_t il, part left_out) const;

    // The stream after a block, all values of a token one after the other. Throws as read does.
    std::vector<double> after(const node_capture & capture, int32_t il) const;

    // 1 - cos(x, x + r) of each token, from the streams after the block with each of these parts left out of it.
    std::vector<double> turns(const std::map<part, std::vector<double>> & streams, int32_t n_tokens) const;

    // llama4 weights the experts' input: their outputs hold the gate already
    bool gate_in_input() const { return arch == "llama4"; }

private:
    const captured_node & require(const node_capture & capture, const std::vector<std::string> & names,
                                  int32_t il) const;

    std::string arch;
    block_nodes nodes;
};
