drop table communications.webhook_receipts, communications.suppressions, communications.inbound_messages,
    communications.message_events, communications.message_queue, communications.conversations, communications.senders;
