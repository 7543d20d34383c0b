/*
 * The fake engine: a hypervisor in memory. Its guest does what it is told and nothing else, so that tests know every
 * figure beforehand.
 *
 * It is driven by engine_command, and before the start by the file "fake.json" in the run folder: an array of the same
 * commands, obeyed when the VM is opened. A command is an object with one of these members:
 *
 *   {"traffic":{"adapter":0,"sent":1000,"received":500,"packets_sent":2,"packets_received":1}}
 *                                      frames pass; what is left out is 0. Before the start: what the source shows
 *   {"disk":{"drive":0,"read":512,"written":1024,"reads":1,"writes":2}}
 *                                      the same for a drive
 *   {"cpu":50}                         the guest uses so many percent of one host processor from now on; "lost": processor time
 *                                      cannot be read until the next number
 *   {"guest":"reboot"}                 or "power-off", or "triple-fault", which resets it, or "disk-full": it writes where there is
 *                                      no room, and stands still. A guest that was paused meanwhile does none of these
 *   {"fail":"start","text":"...","cause":"disk-full"}
 *                                      the next such operation is accepted and fails, with that cause (control.h;
 * "engine" if none is given); only a start ends the session
 *   {"refuse":"reset","text":"..."}    the next such call fails at once
 *   {"hold":"start"}                   such operations wait, and those after them, until {"release":"start"}
 *   {"source":"lost","text":"..."}     no source can be read until {"source":"back"}
 *   {"restart_counter":{"adapter":0}}  the source of an adapter or {"drive":0} starts again at zero
 *   {"unplug":{"adapter":0}}           the source of an adapter or drive vanishes
 *   {"plug":{"adapter":0}}             a new source appears in its place, at zero
 *   {"crash":true,"text":"..."}        the hypervisor dies
 *   {"progress":40}                    the save or restore that is held has come so far
 *
 * Operations: "start" (also from a saved state), "reset", "turn-off", "pause", "resume", "save"; "hold" and "release"
 * also take "reboot", "power-off", "triple-fault", "disk-full", and "stand": a guest whose disk is full has told so and
 * is not known to stand yet, and "let-run": a restored guest is about to run. A turn-off that is accepted cannot fail,
 * and like a crash it overtakes what waits.
 *
 * A save and a restore report 25, 50 and 75 percent. What is saved is the guest's use of the processor.
 */
#ifndef VPC_ENGINE_FAKE_FAKE_H
#define VPC_ENGINE_FAKE_FAKE_H

#include "engine/engine.h"

extern const struct engine engine_fake;

#endif
