// Machines that lend memory, and what becomes of this process when one of them is lost.
#pragma once

#include "ggml-rpc.h"

#include <string>
#include <vector>

struct rpc_machine {
    std::string              endpoint;
    std::string              error; // empty, or begins with "unreachable: " or "incompatible: "
    std::vector<std::string> devices;
};

struct rpc_client_functions {
    decltype(&ggml_backend_rpc_add_server)  add_server;
    decltype(&ggml_backend_rpc_set_connect) set_connect;
};

// Makes the machine's devices known to ggml. From then on the process ends, naming the machine, when that is lost: it takes
// its part of the model with it.
rpc_machine rpc_add_machine(const rpc_client_functions & rpc, const std::string & endpoint);
