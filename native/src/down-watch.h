// Watches a model compute while the down matrices of its experts are fitted, block after block: those of each block are
// quantised and set as they will be in a file, before the block continues.
#pragma once

#include "block-watch.h"
#include "down-fit.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

// Errors are mean squared distances of the stream behind the block from the full model's, in units of its square.
struct fitted_down {
    int32_t     il = 0;
    std::string path;  // of the whole tensor, in its type
    int64_t     bytes = 0;
    int32_t     n_reached = 0; // experts whose matrices were fitted
    double      before    = 0;
    double      after     = 0;
    double      seconds   = 0; // duration of fitting, without quantising; 0: it had been fitted before
};

struct down_watch_options {
    std::string  streams; // folder of the full model's streams
    std::string  folder;  // folder for the fitted tensors
    int32_t      n_tokens = 0;
    down_options fit;
};

class down_watch : public block_watch {
public:
    // on_block: called with the number of finished blocks
    down_watch(llama_context * ctx, down_watch_options options, std::function<void(int32_t n_blocks)> on_block, const task_control & control);

    bool wants(ggml_tensor * t) override;
    void add(const ggml_tensor * t) override;

    // Returns the results in the order of the blocks.
    std::vector<fitted_down> take();

private:
    void fit(int32_t il);
    // Sets a slice's inputs of the down matrices to their earlier values.
    void go_on(ggml_tensor * hidden);
    void finish(int32_t il, const ggml_tensor * stream);
    // The changed matrices, in their type. Each token is weighted by the size of its stream, as the next block's norm
    // does: the streams of a few tokens are hundreds of times as large.
    void fit_relative(const ggml_tensor * own, std::vector<uint8_t> & bytes);
    void quantise(const ggml_tensor * own, const down_change & change, uint8_t * expert) const;
    void expect(const ggml_tensor * own, const std::vector<uint8_t> & bytes);
    double mean_error(const std::vector<float> & rest) const;

    llama_context *          ctx;
    down_watch_options       options;
    std::function<void(int32_t n_blocks)> on_block;
    const task_control     & control;
    down_data                now;
    int64_t                  n_gone_on = 0; // number of values of its inputs
    std::vector<float>       squares; // of the teacher's stream, by token
    std::vector<float>       first_rest; // of the first tokens, before the fit
    std::vector<float>       expected;   // their outputs' predicted change, to be compared with what the device computes
    fitted_down              fitted;
    std::vector<fitted_down> done;
};
