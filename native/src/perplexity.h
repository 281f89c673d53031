// Perplexity, KL divergence and top-1 agreement over sequences: chunks of a text, as llama-perplexity computes them, or documents.
#pragma once

#include "async-task.h"
#include "llama.h"

#include <cstdint>
#include <string>
#include <vector>

struct perplexity_params {
    std::vector<llama_token> tokens; // of all sequences, one after the other
    std::vector<int32_t>     ends;   // number of tokens up to the end of each sequence
    std::vector<uint8_t>     scored; // 1 for each token whose likelihood counts; never the first of a sequence
    bool        bos       = false;   // the first token of each sequence becomes BOS if the model adds one
    int32_t     n_batch   = 512;     // tokens that are decoded together; no sequence is longer
    int32_t     n_rows    = 512;     // most likelihoods that are computed together
    int32_t     n_threads = 1;
    std::string base_out;            // write the token distributions to this file
    std::string base_in;             // compare with the distributions in this file
};

// One entry per scored token, in the order of the text.
struct perplexity_result {
    std::vector<float>   nll;       // negative log likelihood in nats
    std::vector<float>   kl;        // KL(base || this) in nats; empty without base_in
    std::vector<uint8_t> same_top;  // 1 if base and this agree on the likeliest token; empty without base_in
};

// The most sequences that are decoded together: as many whole ones as fit into a batch.
int32_t sequences_together(const perplexity_params & params);

// ctx: has room for sequences_together(params) sequences of n_batch tokens in total. Throws std::runtime_error.
perplexity_result compute_perplexity(llama_context * ctx, const perplexity_params & params, const task_control & control);
