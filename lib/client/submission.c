/*
 * When a found block goes to which daemon: the rule of tipwatch-control(7), SUBMITTING A BLOCK, as
 * a state machine without clock and connections. The daemon that was sent the block last leads. As
 * long as none has the block, the next one follows when the leader has refused it or was silent for
 * too long, and leads from then on. Once one has it, the rest follow together, when the network has
 * surely passed the block on to them: a daemon that gets the same block from a peer and from the
 * pool at once may corrupt the chain in its memory.
 */
#include "client/tipwatch.h"

void tipwatch_submission_begin(struct tipwatch_submission *ret_submission, size_t n_targets,
	const struct tipwatch_timing *timing, int64_t now_ms)
{
	*ret_submission = (struct tipwatch_submission){
		.timing = *timing,
		.n_targets = n_targets,
		.next_ms = now_ms,
	};
}

int tipwatch_submission_next(
	struct tipwatch_submission *submission, int64_t now_ms, int64_t *ret_until_ms)
{
	bool is_all_sent = submission->n_sent == submission->n_targets;

	if (is_all_sent && submission->has_block)
		return TIPWATCH_SENT;
	if (now_ms < submission->next_ms) {
		*ret_until_ms = submission->next_ms;
		return TIPWATCH_WAIT;
	}
	if (is_all_sent)
		return TIPWATCH_SENT;
	if (!submission->has_block) {
		submission->next_ms = now_ms + submission->timing.after_silence_ms;
		submission->has_leader_answered = false;
	}
	return (int)submission->n_sent++;
}

void tipwatch_submission_answer(struct tipwatch_submission *submission, size_t target,
	enum tipwatch_outcome outcome, int64_t now_ms)
{
	const struct tipwatch_timing *timing = &submission->timing;

	if (target >= submission->n_sent || submission->has_block)
		return;
	if (outcome == TIPWATCH_ACCEPTED || outcome == TIPWATCH_DUPLICATE) {
		submission->has_block = true;
		submission->next_ms = now_ms + timing->after_accept_ms;
	} else if (target == submission->n_sent - 1 && !submission->has_leader_answered) {
		submission->has_leader_answered = true;
		/* A daemon with an unknown outcome may have the block and be passing it on. */
		submission->next_ms =
			now_ms + (outcome == TIPWATCH_UNKNOWN ? timing->after_accept_ms : 0);
	}
}
