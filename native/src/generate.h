// Continues prompts, several at a time: greedily, or sampled with a seed for each.
#pragma once

#include "async-task.h"
#include "llama.h"

#include <cstdint>
#include <functional>
#include <vector>

struct generate_params {
    int32_t n_seq        = 1;    // prompts that are continued at the same time
    int32_t n_ctx        = 512;  // tokens that a prompt and its completion may have together
    int32_t max_tokens   = 128;  // of a completion
    float   temperature  = 0.0f; // 0: the likeliest token, and the rest is ignored
    float   top_p        = 1.0f;
    float   min_p        = 0.0f;
};

enum class stop_reason { none, eog, length };

struct completion {
    std::vector<llama_token> tokens; // without the token that ended it
    stop_reason              stop = stop_reason::none; // eog: the model ended it; length: the limit did
};

// What was added to a completion.
struct written_part {
    size_t                   prompt;
    std::vector<llama_token> tokens;
    stop_reason              stop;
};
using written_fn = std::function<void(std::vector<written_part> parts)>;

// prompts: tokens with the model's special tokens added, none empty and each shorter than n_ctx. seeds: one per prompt.
// ctx: has n_seq*n_ctx cells that the sequences share. The same call gives the same completions on the same machine.
// tell: receives what is written, several times a second and at the end, whatever the reason; may be empty. Throws
// std::runtime_error.
std::vector<completion> generate_completions(llama_context * ctx, const std::vector<std::vector<llama_token>> & prompts,
    const std::vector<uint32_t> & seeds, const generate_params & params, const task_control & control,
    const written_fn & tell);
