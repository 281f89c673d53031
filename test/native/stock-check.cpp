// How far unpatched llama.cpp gets with files that may be hostile. Reads one path a line from stdin (the first part, of a
// split model) and answers one line each, in order:
//
//     STAGE \t END \t REASON
//
// STAGE: "none", "header" (a GGUF header), "vocab" (loads as a tokenizer alone) or "full" (loads whole, on the CPU); the
// last one that the file passed. END: "refused", "signal N" or "late" for how the next stage ended, "done" for none left.
// REASON: the first error that llama.cpp logged in that stage. Each file is tried in a process of its own, so that none can hurt the
// next one.
#include "llama.h"
#include "llama-cpp.h"

#include "ggml-backend.h"
#include "gguf.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr unsigned SECONDS_PER_FILE = 10;
constexpr rlim_t   MEMORY_PER_FILE  = 4ull << 30; // of address space
constexpr size_t   REASON_LENGTH    = 300;

// what the child tells its parent, one message each: a stage that was passed, or an error line
enum class news : char { stage = 'S', error = 'E' };

int report_fd = -1;

void report(news kind, const char * text) {
    std::string line(1, (char) kind);
    for (const char * c = text; *c && line.size() < REASON_LENGTH; ++c) {
        line += *c >= ' ' && *c <= '~' ? *c : ' '; // names in a hostile file may hold anything
    }
    line += '\n';
    if (write(report_fd, line.data(), line.size()) < 0) {
        _exit(1);
    }
}

bool has_header(const char * path) {
    gguf_context * header = gguf_init_from_file(path, { /*.no_alloc =*/ true, /*.ctx =*/ nullptr });
    gguf_free(header);
    return header != nullptr;
}

bool loads(const char * path, bool vocab_only) {
    llama_model_params params = llama_model_default_params();
    ggml_backend_dev_t no_devices[] = { nullptr };
    params.devices      = no_devices;
    params.n_gpu_layers = 0;
    params.vocab_only   = vocab_only;
    params.progress_callback = [](float, void *) { return true; };
    return llama_model_ptr(llama_model_load_from_file(path, params)) != nullptr;
}

// in the child
void try_file(const char * path) {
    const rlimit memory = { MEMORY_PER_FILE, MEMORY_PER_FILE };
    const rlimit no_core = { 0, 0 };
    setrlimit(RLIMIT_AS, &memory);
    setrlimit(RLIMIT_CORE, &no_core);
    alarm(SECONDS_PER_FILE);

    if (!has_header(path)) {
        return;
    }
    report(news::stage, "header");
    if (!loads(path, true)) {
        return;
    }
    report(news::stage, "vocab");
    if (loads(path, false)) {
        report(news::stage, "full");
    }
}

std::string ending(int status, const std::string & stage) {
    if (WIFSIGNALED(status)) {
        return WTERMSIG(status) == SIGALRM ? "late" : "signal " + std::to_string(WTERMSIG(status));
    }
    return stage == "full" ? "done" : "refused";
}

std::string check(const std::string & path) {
    int ends[2];
    if (pipe(ends) != 0) {
        throw std::runtime_error("no pipe");
    }
    const pid_t child = fork();
    if (child < 0) {
        throw std::runtime_error("no process");
    }
    if (child == 0) {
        close(ends[0]);
        report_fd = ends[1];
        try {
            try_file(path.c_str());
        } catch (const std::exception & e) {
            report(news::error, e.what()); // llama.cpp lets memory failures through
        }
        _exit(0);
    }
    close(ends[1]);

    std::string stage = "none", reason;
    FILE * reports = fdopen(ends[0], "r");
    char line[REASON_LENGTH + 2];
    while (fgets(line, sizeof(line), reports)) {
        const std::string text(line + 1, line + std::string(line).find_last_not_of('\n') + 1);
        if (line[0] == (char) news::stage) {
            stage  = text;
            reason = "";
        } else if (reason.empty()) {
            reason = text;
        }
    }
    fclose(reports);
    int status = 0;
    waitpid(child, &status, 0);
    return stage + "\t" + ending(status, stage) + "\t" + (stage == "full" ? "" : reason);
}

} // namespace

int main() {
    ggml_backend_load_all();
    llama_backend_init();
    llama_log_set([](ggml_log_level level, const char * text, void *) {
        if (report_fd >= 0 && level == GGML_LOG_LEVEL_ERROR) {
            report(news::error, text);
        }
    }, nullptr);
    ggml_set_abort_callback([](const char * text) {
        if (report_fd >= 0) {
            report(news::error, text);
        }
    });
    setenv("GGML_NO_BACKTRACE", "1", 1); // it would start a debugger

    try {
        for (std::string path; std::getline(std::cin, path);) {
            std::cout << check(path) << std::endl;
        }
        return 0;
    } catch (const std::exception & e) {
        std::cout << "stock-check: " << e.what() << std::endl;
        return 1;
    }
}
