"""What metrics decides itself: each verb loads, asks the rules, and stores row and event in one commit."""
