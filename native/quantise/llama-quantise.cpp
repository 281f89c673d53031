#include "llama-quantise.h"

static const llama_quantise_io * current_io = nullptr;

void llama_quantise_set_io(const llama_quantise_io * io) {
    current_io = io;
}

const llama_quantise_io * llama_quantise_get_io() {
    return current_io;
}
