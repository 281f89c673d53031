#include "block-nodes.h"

block_nodes block_nodes::of_arch(const std::string & arch, bool prediction) {
    block_nodes nodes;
    if (prediction) {
        nodes.beside = { "mtp_ffn_shexp", "mtp_ffn_shexp_out", "mtp_ffn_shexp_gated", "mtp_ffn_shared_out" };
        nodes.after  = "mtp_post_ffn";
        return nodes;
    }

    // shared and dense experts: their outputs, or what the last matrix of unnamed ones reads
    nodes.beside = {
        "ffn_shexp", "ffn_shexp_out", "ffn_shexp_gated", "ffn_shared_out", "ffn_moe_shexp", "ffn_mlp",
        "ffn_swiglu", "ffn_swiglu_limited", "ffn_geglu",
    };
    if (arch == "arctic" || arch == "cohere2moe") {
        nodes.beside.insert("kqv_out"); // the attention stands beside the experts, in arctic with the dense network
    }
    if (arch == "grovemoe") {
        nodes.beside.insert("ffn_adj_moe_out"); // further experts, which read the routed output
    }
    nodes.normed_together = arch == "grok" || arch == "afmoe";

    const bool several_streams = arch == "deepseek4" || arch == "qwen4exp";
    nodes.after = several_streams ? "l_last" : "l_out";
    if (arch == "nemotron_h_moe") {
        nodes.after = "nemotron_h_block_out";
    }
    return nodes;
}
