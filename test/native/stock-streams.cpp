// The residual stream behind every MoE block of unpatched llama.cpp: float32 little endian, [n_blocks][n_tokens][n_embd].
#include "node-capture.h"
#include "reference-run.h"

#include <cstdio>
#include <exception>
#include <fstream>
#include <map>
#include <stdexcept>
#include <vector>

int main(int argc, char ** argv) {
    try {
        const reference_options options = reference_options::parse(argc, argv);
        reference_run run(options);
        node_capture  capture({ "l_out" }, "ffn_moe_topk");

        std::map<int32_t, std::vector<float>> streams;
        run.decode(node_capture::callback, &capture, [&](int32_t, int32_t) {
            capture.check();
            for (const int32_t il : capture.pivot_blocks()) {
                const captured_node * node = capture.find("l_out", il);
                if (!node) {
                    throw std::runtime_error("block " + std::to_string(il) + " has no l_out");
                }
                streams[il].insert(streams[il].end(), node->values.begin(), node->values.end());
            }
            capture.clear();
        });
        std::ofstream out(options.out, std::ios::binary);
        for (const auto & entry : streams) {
            out.write(reinterpret_cast<const char *>(entry.second.data()), entry.second.size()*sizeof(float));
        }
        if (!out.flush()) {
            throw std::runtime_error("cannot write " + options.out);
        }
        return 0;
    } catch (const std::exception & e) {
        fprintf(stderr, "stock-streams: %s\n", e.what());
        return 1;
    }
}
