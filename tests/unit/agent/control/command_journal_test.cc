#include "agent/control/command_journal.h"

#include <gtest/gtest.h>

#include "agent/control/limits.h"
#include "tests/sim/sim_file_system.h"

namespace godwit::agent {
namespace {

constexpr char kFolder[] = "/commands";

class CommandJournalTest : public testing::Test {
 protected:
  std::unique_ptr<CommandJournal> Open() {
    auto journal = CommandJournal::Open(files_, kFolder);
    EXPECT_TRUE(journal.ok()) << journal.status();
    return *std::move(journal);
  }
  static JournalEntry Entry(char id, CommandState state, int64_t expires = 100) {
    return {.id = CommandId(kCommandIdSize, id),
            .kind = "ping",
            .state = state,
            .expires_unix_ns = expires,
            .life = absl::Minutes(5),
            .output = "text"};
  }
  void CutPower() { files_.PowerCut(sim::Unsynced::kDropped, sim::UnsyncedNames::kLost); }

  sim::SimScheduler scheduler_{1};
  sim::SimFileSystem files_{scheduler_};
};

TEST_F(CommandJournalTest, WhatWasPutSurvivesAPowerCut) {
  auto journal = Open();
  ASSERT_TRUE(journal->Put(Entry('a', CommandState::kReceived)).ok());
  ASSERT_TRUE(journal->Put(Entry('a', CommandState::kStarted)).ok());
  ASSERT_TRUE(journal->Put(Entry('b', CommandState::kDone)).ok());
  CutPower();
  const auto entries = Open()->entries();
  ASSERT_EQ(entries.size(), 2u);
  const JournalEntry& a = entries.at(CommandId(kCommandIdSize, 'a'));
  EXPECT_EQ(a.state, CommandState::kStarted);
  EXPECT_EQ(a.kind, "ping");
  EXPECT_EQ(a.output, "text");
  EXPECT_EQ(a.expires_unix_ns, 100);
  EXPECT_EQ(a.life, absl::Minutes(5));
}

TEST_F(CommandJournalTest, AnEntryThatCouldNotBeSyncedIsNotCountedOnAndTheNextIsSafeAgain) {
  auto journal = Open();
  ASSERT_TRUE(journal->Put(Entry('a', CommandState::kReceived)).ok());
  files_.set_sync_fails(true);
  EXPECT_FALSE(journal->Put(Entry('a', CommandState::kStarted)).ok());
  EXPECT_FALSE(journal->Put(Entry('b', CommandState::kReceived)).ok());
  EXPECT_EQ(journal->entries().size(), 1u);
  EXPECT_EQ(journal->entries().begin()->second.state, CommandState::kReceived);
  files_.set_sync_fails(false);
  ASSERT_TRUE(journal->Put(Entry('c', CommandState::kReceived)).ok());
  CutPower();
  EXPECT_EQ(Open()->entries().size(), 2u);
}

TEST_F(CommandJournalTest, ForgottenIdsLeaveTheirExpiryBehind) {
  auto journal = Open();
  ASSERT_TRUE(journal->Put(Entry('a', CommandState::kDone, 50)).ok());
  ASSERT_TRUE(journal->Put(Entry('b', CommandState::kDone, 70)).ok());
  journal->Forget({CommandId(kCommandIdSize, 'a')});
  EXPECT_EQ(journal->mark_unix_ns(), 50);
  ASSERT_TRUE(journal->Put(Entry('c', CommandState::kReceived)).ok());
  CutPower();
  const auto again = Open();
  EXPECT_EQ(again->mark_unix_ns(), 50);
  EXPECT_EQ(again->entries().size(), 2u);
}

TEST_F(CommandJournalTest, OneThatHadStartedIsNotForgottenForTheMarkOfAnother) {
  auto journal = Open();
  ASSERT_TRUE(journal->Put(Entry('a', CommandState::kStarted, 50)).ok());
  ASSERT_TRUE(journal->Put(Entry('b', CommandState::kDone, 70)).ok());
  journal->Forget({CommandId(kCommandIdSize, 'b')});
  ASSERT_TRUE(journal->Put(Entry('c', CommandState::kReceived)).ok());
  EXPECT_TRUE(Open()->entries().contains(CommandId(kCommandIdSize, 'a')));
}

TEST_F(CommandJournalTest, ALongOneIsWrittenAnewAndOldFilesGo) {
  auto journal = Open();
  JournalEntry entry = Entry('a', CommandState::kDone);
  entry.output = std::string(kCommandOutputBytesMax, 'x');
  for (ByteCount written = 0; written < 3 * kJournalBytesMax; written += entry.output.size()) {
    ASSERT_TRUE(journal->Put(entry).ok());
  }
  const auto left = files_.List(kFolder);
  ASSERT_TRUE(left.ok());
  ASSERT_EQ(left->size(), 1u);
  EXPECT_LT(left->front().bytes, 2 * kJournalBytesMax);
  EXPECT_EQ(Open()->entries().begin()->second.output, entry.output);
}

TEST_F(CommandJournalTest, AnyByteThatIsFlippedCostsNoMoreThanWhatStandsBehindIt) {
  auto journal = Open();
  for (const char id : {'a', 'b', 'c'}) {
    ASSERT_TRUE(journal->Put(Entry(id, CommandState::kDone)).ok());
  }
  const std::string path = std::string(kFolder) + "/0000000000000001.journal";
  const std::string bytes = *(*files_.Open(path))->ReadAt(0, 1 << 20);
  for (size_t at = 0; at < bytes.size(); ++at) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x40);
    ASSERT_TRUE(files_.Remove(path).ok());
    ASSERT_TRUE((*files_.Create(path))->Append(damaged).ok());
    const auto entries = Open()->entries();
    EXPECT_LT(entries.size(), 3u) << at;
    for (const auto& [id, entry] : entries) EXPECT_EQ(entry.output, "text") << at;
  }
}

}  // namespace
}  // namespace godwit::agent
