// Holds signals that ask a daemon for something (SIGHUP: read the settings again) while nothing
// listens for them: their default action ends the process. A held signal stays pending, also
// across exec, until UvLoop::OnSignal takes it or ReleaseSignals lets it act.
#pragma once

#include <initializer_list>

namespace godwit {

// Blocks `signals` in this thread and in those that it starts. Before any other thread exists.
void HoldSignals(std::initializer_list<int> signals);

// Ends the hold in this thread. What is pending acts at once.
void ReleaseSignals(std::initializer_list<int> signals);

// Blocks no signal in this thread: for a child process, whatever its parent holds.
void ReleaseAllSignals();

}  // namespace godwit
