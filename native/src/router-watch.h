// Watches a model compute while the routers of its MoE blocks are fitted, block after block.
#pragma once

#include "block-watch.h"
#include "fitted-router.h"
#include "router-fit.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

struct router_watch_options {
    std::string          streams;     // folder of the full model's streams
    std::string          folder;      // scratch files of the calibrated routers
    int32_t              n_tokens = 0;
    int32_t              n_candidates = 0; // experts per token that products are computed for
    std::vector<uint8_t> kept;        // [n_layer][n_expert]
    int32_t              n_expert = 0;
    bool                 ungrouped = false;
    bool                 scales   = false; // the experts' factors are fitted too
    std::vector<int32_t> aside;       // tokens that are not fitted to
    router_fit_options   fit;
    std::function<void(int32_t n_blocks)> on_block; // called with the number of finished blocks
};

// The gate for these experts, in a graph that was built for fitting. Throws std::runtime_error.
router_gate gate_of_block(const llama_context * ctx, int32_t il, const std::vector<int32_t> & experts, bool ungrouped);

class router_watch : public block_watch {
public:
    router_watch(llama_context * ctx, router_watch_options options, const task_control & control);

    bool wants(ggml_tensor * t) override;
    void add(const ggml_tensor * t) override;

    // Returns the results in the order of the blocks.
    std::vector<fitted_router> take();

private:
    struct block {
        router_data          data;
        std::vector<int32_t> ids;
        std::vector<float>   weights;
        std::vector<int32_t> experts; // the kept ones, ascending
        router_gate          gate;
        router_params        params;
    };

    bool is_whole() const; // everything that the current block is fitted with has arrived
    void fit(int32_t il);
    void require_same_routing(int32_t il) const;
    void put(int32_t il, const fitted_router & fitted);

    void save(const fitted_router & fitted) const;
    bool load(int32_t il, fitted_router & fitted, size_t n_rows) const;

    llama_context *            ctx;
    router_watch_options       options;
    const task_control       & control;
    block                      now;
    std::vector<fitted_router> done;
    int32_t                    n_done = 0;
};
