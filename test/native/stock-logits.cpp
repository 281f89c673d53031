// Logits of unpatched llama.cpp: every token of one sequence, float32 little endian, [n_tokens][n_vocab].
#include "reference-run.h"

#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>

int main(int argc, char ** argv) {
    try {
        const reference_options options = reference_options::parse(argc, argv);
        reference_run run(options);

        std::ofstream out(options.out, std::ios::binary);
        run.decode(nullptr, nullptr, [&](int32_t, int32_t n_tokens) {
            for (int32_t i = 0; i < n_tokens; ++i) {
                out.write(reinterpret_cast<const char *>(run.logits(i)), run.n_vocab()*sizeof(float));
            }
        });
        if (!out.flush()) {
            throw std::runtime_error("cannot write " + options.out);
        }
        printf("{\"n_tokens\":%d,\"n_vocab\":%d,\"arch\":\"%s\"}\n", run.n_tokens(), run.n_vocab(), run.arch().c_str());
        return 0;
    } catch (const std::exception & e) {
        fprintf(stderr, "stock-logits: %s\n", e.what());
        return 1;
    }
}
