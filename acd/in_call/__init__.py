"""What can be done in a talk: hold, consultation, conference, transfer; by key, by phone, by request."""
