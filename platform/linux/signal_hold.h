// Holds signals that ask a daemon for something (SIGHUP: reload the settings) while nothing handles
// them: their default action ends the process. A held signal stays pending, also across exec, until
// UvLoop::OnSignal takes it or ReleaseSignals lets it act.
#pragma once

#include <initializer_list>

namespace godwit {

// Blocks `signals` in this thread and in those that it starts. To be called before any other thread
// exists.
void HoldSignals(std::initializer_list<int> signals);

// Ends the hold in this thread. Pending signals act at once.
void ReleaseSignals(std::initializer_list<int> signals);

// Unblocks all signals in this thread: for a child process, whatever its parent holds.
void ReleaseAllSignals();

}  // namespace godwit
