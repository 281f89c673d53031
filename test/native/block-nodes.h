// Which named nodes of llama.cpp's graphs hold the residual stream and the routed output of a MoE block, by
// architecture.
#pragma once

#include <string>
#include <vector>

struct node_term {
    enum origin {
        THIS_BLOCK,
        BLOCK_INPUT, // names: the embeddings' node for block 0, the preceding block's last node for the others
    };

    std::vector<std::string> names; // THIS_BLOCK: the first that the block has counts

    double sign     = 1.0;
    bool   required = true;
    origin from     = THIS_BLOCK;
};

// a vector per token as a signed sum of nodes
using node_sum = std::vector<node_term>;

struct block_nodes {
    // The residual stream in front of the feed-forward block. Where its own node has no name, it follows from others
    // that have one.
    node_sum residual;

    // The routed output in the residual stream's space. Empty: the experts' outputs live there already, and it is
    // their weighted sum.
    node_sum routed;

    static block_nodes of_arch(const std::string & arch);
};
