// Which named nodes of llama.cpp's graphs tell what a MoE block adds to the residual stream, by architecture, or what its
// prediction block does. Written from the models' definitions.
#pragma once

#include <string>
#include <unordered_set>

struct block_nodes {
    // the stream, or all parallel streams, after the block
    std::string after;

    // What the block adds beside the routed output. With these and the routed sum at zero, what is left after the block is
    // the stream that they are added to.
    std::unordered_set<std::string> beside;

    // The routed output is normalised together with what stands beside it before both are added.
    bool normed_together = false;

    static block_nodes of_arch(const std::string & arch, bool prediction);
};
