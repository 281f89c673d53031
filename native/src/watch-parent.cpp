#include "watch-parent.h"

#include <thread>

#ifdef _WIN32
#include <windows.h>
#else
#include <chrono>
#include <csignal>

#include <unistd.h>
#endif

namespace {

#ifdef _WIN32

void wait_for_end(DWORD parent) {
    const HANDLE process = OpenProcess(SYNCHRONIZE, FALSE, parent);
    if (process) {
        WaitForSingleObject(process, INFINITE);
    } else if (GetLastError() != ERROR_INVALID_PARAMETER) {
        return; // it exists, but cannot be waited for
    }
    // exit handlers would wait for the work of the process
    TerminateProcess(GetCurrentProcess(), 1);
}

#else

constexpr std::chrono::milliseconds LOOK_INTERVAL(250);

void wait_for_end(pid_t parent) {
    // a process that loses its parent gets another one
    while (getppid() == parent) {
        std::this_thread::sleep_for(LOOK_INTERVAL);
    }
    kill(getpid(), SIGKILL);
}

#endif

} // namespace

Napi::Value watch_parent(const Napi::CallbackInfo & info) {
    std::thread(wait_for_end, info[0].As<Napi::Number>().Uint32Value()).detach();
    return info.Env().Undefined();
}
