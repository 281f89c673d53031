// Perplexity, KL divergence and top-1 agreement over fixed-size chunks of a text, as llama-perplexity computes them.
#pragma once

#include "async-task.h"
#include "llama.h"

#include <cstdint>
#include <string>
#include <vector>

struct perplexity_params {
    int32_t     n_ctx     = 512; // tokens a chunk; the second half of each is scored
    int32_t     n_batch   = 512; // a multiple of n_ctx: chunks that are decoded together
    int32_t     n_chunks  = -1;  // at most so many; -1: all
    int32_t     n_threads = 1;
    std::string base_out;        // write the token distributions to this file
    std::string base_in;         // compare with the distributions in this file
};

// One entry for each scored token, in text order.
struct perplexity_result {
    int32_t n_chunks = 0;
    int32_t n_scored_per_chunk = 0;

    std::vector<float>   nll;       // negative log likelihood in nats
    std::vector<float>   kl;        // KL(base || this) in nats; empty without base_in
    std::vector<uint8_t> same_top;  // 1 where base and this agree on the likeliest token; empty without base_in
};

// tokens: the text with the model's special tokens added. Throws std::runtime_error.
perplexity_result compute_perplexity(llama_context * ctx, std::vector<llama_token> tokens, const perplexity_params & params, const task_control & control);
