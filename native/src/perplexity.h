// Perplexity, KL divergence and top-1 agreement over sequences: chunks of a text, as llama-perplexity computes them, or documents.
#pragma once

#include "async-task.h"
#include "llama.h"

#include <cstdint>
#include <string>
#include <vector>

struct perplexity_params {
    std::vector<llama_token> tokens; // of all sequences, one after the other
    std::vector<int32_t>     ends;   // tokens up to each sequence's end
    std::vector<uint8_t>     scored; // 1 for each token whose likelihood counts; of no sequence the first
    bool        bos       = false;   // the first token of each sequence becomes BOS, where the model adds one
    int32_t     n_batch   = 512;     // tokens that are decoded together; no sequence is longer
    int32_t     n_rows    = 512;     // likelihoods that are computed together, at most
    int32_t     n_threads = 1;
    std::string base_out;            // write the token distributions to this file
    std::string base_in;             // compare with the distributions in this file
};

// One entry for each scored token, in text order.
struct perplexity_result {
    std::vector<float>   nll;       // negative log likelihood in nats
    std::vector<float>   kl;        // KL(base || this) in nats; empty without base_in
    std::vector<uint8_t> same_top;  // 1 where base and this agree on the likeliest token; empty without base_in
};

// Sequences that are decoded together, at most: as many as there are whole ones in a batch.
int32_t sequences_together(const perplexity_params & params);

// ctx: for sequences_together(params) sequences of n_batch tokens in all. Throws std::runtime_error.
perplexity_result compute_perplexity(llama_context * ctx, const perplexity_params & params, const task_control & control);
