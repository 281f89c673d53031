// Watches a model compute while the experts of its MoE blocks are dropped one after the other, each block on the full model's input.
#pragma once

#include "block-watch.h"
#include "expert-elimination.h"

#include <cstdint>
#include <functional>
#include <vector>

struct eliminated_block {
    int32_t     il = 0;
    elimination found;
};

struct elimination_watch_options {
    int32_t              n_tokens = 0;
    int32_t              n_expert = 0;
    std::vector<int32_t> sample;    // tokens whose output counts
    bool                 ungrouped = false;
    int32_t              n_threads = 1;
    std::function<void(int32_t n_blocks)> on_block; // called with the number of finished blocks
};

class elimination_watch : public block_watch {
public:
    elimination_watch(llama_context * ctx, elimination_watch_options options, const task_control & control);

    bool wants(ggml_tensor * t) override;
    void add(const ggml_tensor * t) override;

    // Returns the results in the order of the blocks.
    std::vector<eliminated_block> take();

private:
    struct block {
        int32_t              n_embd = 0;
        std::vector<float>   input;   // [n_sample][n_embd]
        std::vector<int32_t> experts; // [n_sample][n_expert] in the order of the products
        std::vector<float>   gram;    // [n_sample][n_expert][n_expert]
        std::vector<int32_t> ids;     // [n_tokens][n_used]
        std::vector<float>   weights; // the same
    };

    void finish(int32_t il, const ggml_tensor * stream);
    std::vector<float> gram_by_expert(int32_t il) const;
    std::vector<double> logits_of(int32_t il, const router_gate & gate) const;
    void require_same_routing(int32_t il, const router_gate & gate, const std::vector<double> & logits) const;

    llama_context *               ctx;
    elimination_watch_options     options;
    const task_control          & control;
    block                         now;
    std::vector<eliminated_block> done;
};
