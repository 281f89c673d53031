// Measures how fast many sequences run in parallel.
#pragma once

#include "async-task.h"
#include "llama.h"

#include <cstdint>

struct batched_speed_params {
    int32_t  n_seq      = 1;
    int32_t  n_prompt   = 512; // tokens of each prompt
    int32_t  n_generate = 128; // tokens that continue each sequence
    int32_t  n_ubatch   = 512;
    uint32_t seed       = 1;   // of the tokens, which are random
};

struct batched_speed {
    double prefill_seconds = 0; // n_seq*n_prompt tokens
    double decode_seconds  = 0; // n_generate steps of n_seq tokens
};

// ctx: with n_seq*(n_prompt + n_generate) cells. Throws std::runtime_error.
batched_speed measure_batched_speed(llama_context * ctx, const batched_speed_params & params, const task_control & control);
