// Attention of packed sequences: within each sequence, with masks that grow with the tokens and not with their square.
// Internal to libllama.
#pragma once

#include "llama-moe.h"

#include <cstdint>

// Returns how many nodes the attention of one layer may add.
uint32_t llm_bands_max_nodes(const llama_moe_params & params, uint32_t n_tokens);
