"""Twilio: SMS, and WhatsApp where it carries that."""
