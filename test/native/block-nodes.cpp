#include "block-nodes.h"

#include <map>

static node_term plus(std::vector<std::string> names) {
    return { std::move(names) };
}

static node_term minus(std::vector<std::string> names) {
    return { std::move(names), -1.0 };
}

// the shared experts' output, which a model may lack
static node_term minus_shared() {
    return { { "ffn_shexp" }, -1.0, false };
}

static node_term block_input(const std::string & embeddings, const std::string & preceding) {
    return { { embeddings, preceding }, 1.0, true, node_term::BLOCK_INPUT };
}

block_nodes block_nodes::of_arch(const std::string & arch) {
    // the block's output is the stream plus the routed output
    const node_sum before_routed = { plus({ "l_out" }), minus({ "ffn_moe_out" }) };

    static const std::map<std::string, block_nodes> table = {
        // experts beside the attention: they read the block's input
        { "arctic",     { { block_input("embd", "l_out") }, {} } },
        { "cohere2moe", { { block_input("embd", "l_out") }, {} } },

        { "bailingmoe2",  { { plus({ "sa_out" }) }, {} } },
        { "bailingmoe3",  { { block_input("model.input_embed", "l_out"), plus({ "kda_out", "mla_out" }) }, {} } },
        { "gemma4",       { { plus({ "attn_out" }) }, {} } },
        { "lfm2moe",      { before_routed, {} } },
        { "phimoe",       { before_routed, {} } },
        { "qwen35moe",    { { plus({ "attn_residual" }) }, {} } },
        { "qwen3next",    { { plus({ "attn_residual" }) }, {} } },

        // several streams: what the block reads of them, and their mean
        { "deepseek4",    { { plus({ "hc_ffn_pre" }) }, {} } },
        { "qwen4exp",     { { plus({ "hc_combine" }) }, {} } },

        // experts in a latent space
        { "kimi-k3",
          { { plus({ "prefix_sum_attn" }) },
            { plus({ "ffn_out" }), minus_shared() } } },
        { "nemotron_h_moe",
          { { block_input("embd", "nemotron_h_block_out") },
            { plus({ "l_out" }), minus_shared() } } },
    };
    const auto it = table.find(arch);
    return it != table.end() ? it->second : block_nodes { { plus({ "ffn_inp" }) }, {} };
}
