// Machines that lend memory, and what happens to this process when one of them is lost.
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

// Makes the machine's devices known to ggml. From then on, the process ends and names the machine if it is lost: its
// part of the model is lost with it.
rpc_machine rpc_add_machine(const rpc_client_functions & rpc, const std::string & endpoint);
